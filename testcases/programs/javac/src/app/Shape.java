package app;

public sealed interface Shape permits Circle, Square {
    double area();

    default String name() {
        return getClass().getSimpleName();
    }
}
