#include <fstream>
int main() { std::ifstream in("input.txt"); std::ofstream out("output.txt"); int n; in >> n; for (int i = 1; i <= n; i++) out << i % n + 1 << ' '; }
