#include "index.h"

#include <cctype>
#include <fstream>

index_t read_index(const std::filesystem::path &file)
{
	std::ifstream in(file);
	if (!in)
		throw unreadable(file.string());
	index_t words;
	int number = 0;
	for (std::string line; std::getline(in, line);) {
		number++;
		std::string word;
		for (char c : line + " ") {
			if (std::isalpha(static_cast<unsigned char>(c))) {
				word += c;
			} else if (!word.empty()) {
				words[word].push_back(number);
				word.clear();
			}
		}
	}
	return words;
}
