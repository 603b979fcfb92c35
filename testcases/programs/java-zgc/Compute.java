import java.util.ArrayDeque;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;

public class Compute {
    public static void main(String[] args) throws Exception {
        long sum = IntStream.range(0, 10000).parallel().asLongStream().sum();
        LongAdder chars = new LongAdder();
        var pool = Executors.newFixedThreadPool(8);
        for (int t = 0; t < 10; t++) {
            int n = t;
            pool.submit(() -> {
                for (int i = 0; i < 10000; i++) {
                    if (i % 10 == n) {
                        chars.add(10 * String.valueOf(i).concat("x").length() - 10);
                    }
                }
            });
        }
        pool.shutdown();
        if (!pool.awaitTermination(10, TimeUnit.SECONDS)) {
            System.exit(1);
        }
        var alive = new ArrayDeque<byte[]>(); // 200 MiB pass through, 10 MiB live
        for (int i = 0; i < 2000; i++) {
            alive.add(new byte[100 << 10]);
            if (alive.size() > 100) {
                alive.remove();
            }
        }
        System.out.println("sum " + sum + ", chars " + chars.sum() + ", alive " + alive.size());
    }
}
