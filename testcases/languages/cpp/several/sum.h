#pragma once
#include <istream>

long rest(std::istream &in);
