/* Reads a name and numbers; greets, and prints their sum. */
#include <math.h>
#include <stdio.h>

int main(void) {
    char name[64];
    long n, sum = 0;
    if (scanf("%63s", name) != 1)
        return 1;
    while (scanf("%ld", &n) == 1)
        sum += n;
    printf("Hello, %s!\n%.0f\n", name, floor(sum + 0.5));
    return 0;
}
