// Reads a name and numbers; greets, and prints their sum.
// The public class is not named as the file, nor first in it.
import java.util.Scanner;

class Greeting {
    static String of(String name) { return "Hello, " + name + "!"; }
}

public class Sum {
    record Total(long value) {}

    public static void main(String[] args) {
        Scanner in = new Scanner(System.in);
        System.out.println(Greeting.of(in.next()));
        long sum = 0;
        while (in.hasNextLong()) sum += in.nextLong();
        System.out.println(new Total(sum).value());
    }
}
