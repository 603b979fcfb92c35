import greet.Greeting;
import java.util.Scanner;
import java.util.stream.Stream;

public class Start {
    public static void main(String... args) {
        Scanner in = new Scanner(System.in);
        System.out.println(new Greeting(in.next()));
        System.out.println(Stream.iterate(0, i -> in.hasNextInt(), i -> i).mapToInt(i -> in.nextInt()).sum());
    }
}
