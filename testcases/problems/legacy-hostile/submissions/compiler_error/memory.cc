template <int n> struct A { char c[n + 1]; A<n - 1> a; A<n - 1> b; static constexpr int f(int k) { return k ? A<n - 1>::f(k - 1) + 1 : 0; } };
constexpr long spin(long n) { long s = 0; for (long i = 0; i < n; i++) for (long j = 0; j < n; j++) s += i ^ j; return s; }
static_assert(spin(1 << 20) == 1, "takes until the end of its time");
int main() {}
