#include "sum.h"

long rest(std::istream &in) {
    long sum = 0;
    for (long n; in >> n;)
        sum += n;
    return sum;
}
