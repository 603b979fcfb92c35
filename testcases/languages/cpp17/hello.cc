// Reads a name and numbers; greets, and prints their sum.
#include <iostream>
#include <string_view>
#include <string>

static_assert(__cplusplus == 201703L, "this is C++17");

int main() {
    std::string name;
    std::cin >> name;
    long sum = 0;
    for (long n; std::cin >> n;)
        sum += n;
    std::string_view view = name;
    std::cout << "Hello, " << view << "!\n" << sum << '\n';
}
