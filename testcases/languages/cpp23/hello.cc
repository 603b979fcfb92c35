// Reads a name and numbers; greets, and prints their sum.
#include <iostream>
#include <string>
#include <utility>

static_assert(__cplusplus > 202002L, "this is newer than C++20");
enum class greeting : char { end = '!' };

int main() {
    std::string name;
    std::cin >> name;
    long sum = 0;
    for (long n; std::cin >> n;)
        sum += n;
    std::cout << "Hello, " << name << std::to_underlying(greeting::end) << '\n' << sum << '\n';
}
