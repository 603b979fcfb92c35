int main() { return std::to_underlying(0); }
