// Makes 2 GiB of garbage, 100 MiB alive at a time: without a limit for its heap the machine takes more than 256 MiB.
public class garbage {
    public static void main(String[] args) {
        java.util.Scanner in = new java.util.Scanner(System.in);
        System.out.println("Hello, " + in.next() + "!");
        byte[][] alive = new byte[400][];
        for (int i = 0; i < 8192; i++) {
            byte[] piece = new byte[256 << 10];
            java.util.Arrays.fill(piece, (byte) i);
            alive[i % alive.length] = piece;
        }
        int sum = 0;
        while (in.hasNextInt()) sum += in.nextInt();
        System.out.println(sum);
    }
}
