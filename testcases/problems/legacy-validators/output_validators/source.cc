#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <string>
// Flags: those of the problem come first, then those of the group.
int main(int argc, char **argv) {
	if (argc != 7 || strcmp(argv[4], "strict") || strcmp(argv[5], "max") || strcmp(argv[6], "100")) return 1;
	std::string dir = argv[3];
	if (dir.empty() || dir.back() != '/') return 2;
	std::ifstream in(argv[1]), ans(argv[2]);
	std::string x;
	long n, d;
	if (!(in >> n) || !(ans >> x) || x != "x") return 3;
	std::ofstream message(dir + "judgemessage.txt"), team(dir + "teammessage.txt");
	if (!message || !team) return 4;
	if (!(std::cin >> d)) { message << "there is no number\n"; return 43; }
	if (d <= 1 || d >= n || n % d) { message << d << " is no divisor of " << n << "\n"; team << "not a divisor\n"; return 43; }
	return 42;
}
