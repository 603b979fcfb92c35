// Reads a name and numbers; greets, and prints their sum.
#include <iostream>
#include <numeric>
#include <ranges>
#include <string>
#include <vector>

int main() {
    std::string name;
    std::cin >> name;
    std::vector<long> numbers;
    for (long n; std::cin >> n;)
        numbers.push_back(n);
    auto all = numbers | std::views::transform([](long n) { return n; });
    std::cout << "Hello, " << name << "!\n" << std::accumulate(all.begin(), all.end(), 0L) << '\n';
}
