#include <iostream>
#include <string>

#include "sum.h"

int main() {
    std::string name;
    std::cin >> name;
    std::cout << "Hello, " << name << "!\n" << rest(std::cin) << '\n';
}
