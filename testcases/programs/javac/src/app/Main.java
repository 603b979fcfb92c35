package app;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

public class Main {
    public static void main(String[] args) {
        Function<Shape, String> describe = s -> s.name() + " " + s.area();
        System.out.println(List.of(new Circle(1), new Square(2)).stream().map(describe).collect(Collectors.joining(", ")));
    }
}
