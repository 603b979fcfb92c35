#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

struct unreadable : std::runtime_error {
	using std::runtime_error::runtime_error;
};

using index_t = std::map<std::string, std::vector<int>>;

index_t read_index(const std::filesystem::path &file);
