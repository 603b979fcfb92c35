// Looks for a number that does not exist.
int main() {
    for (volatile unsigned n = 1;; n += 2)
        if (n % 2 == 0) return 0;
}
