#include <concepts>
template <std::integral T> T twice(T x) { return 2 * x; } // of C++20
int main() { return twice(0); }
