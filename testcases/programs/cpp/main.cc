#include "index.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <iostream>
#include <numeric>
#include <random>
#include <sstream>
#include <thread>

int main(int argc, char **argv)
{
	std::vector<std::future<index_t>> parts;
	for (int i = 1; i < argc; i++)
		parts.push_back(std::async(std::launch::async, read_index, std::filesystem::path(argv[i])));
	std::size_t words = 0;
	for (auto &p : parts)
		words += p.get().size();
	std::cout << (words > 50 ? "many words" : "few words") << '\n';

	auto missing = std::async(std::launch::async, read_index, std::filesystem::path("none"));
	try {
		missing.get();
	} catch (const unreadable &e) {
		std::cout << "unreadable: " << e.what() << '\n';
	}

	std::atomic<long> odd = 0;
	std::vector<std::thread> threads;
	for (long t = 0; t < 8; t++)
		threads.emplace_back([&odd, t] {
			std::mt19937_64 random(t);
			std::vector<std::uint64_t> v(50000);
			std::generate(v.begin(), v.end(), random);
			std::sort(v.begin(), v.end());
			odd += std::count_if(v.begin(), v.end(), [](auto x) { return x % 2; });
		});
	for (auto &t : threads)
		t.join();
	std::cout << "odd " << odd << '\n';

	std::random_device().operator()();
	std::this_thread::sleep_for(std::chrono::milliseconds(2));
	auto dir = std::filesystem::temp_directory_path() / "made";
	std::filesystem::create_directories(dir / "a" / "b");
	std::cout << "directories " << std::distance(std::filesystem::recursive_directory_iterator(dir), {}) << '\n';
	std::filesystem::remove_all(dir);
	std::ostringstream out;
	out.imbue(std::locale("C.UTF-8"));
	out << 1234.5;
	std::cout << out.str() << std::endl;
}
