// Reads a road map and prints how far every town is from the first one (Dijkstra).
//
//     towns roads
//     from to length          (once a road; roads go both ways)
#include <cstdint>
#include <functional>
#include <iostream>
#include <limits>
#include <queue>
#include <utility>
#include <vector>

int main() {
    std::ios::sync_with_stdio(false);
    std::size_t towns, roads;
    if (!(std::cin >> towns >> roads) || towns == 0) {
        std::cerr << "no map\n";
        return 1;
    }
    std::vector<std::vector<std::pair<std::size_t, std::int64_t>>> map(towns);
    for (std::size_t i = 0; i < roads; i++) {
        std::size_t a, b;
        std::int64_t length;
        if (!(std::cin >> a >> b >> length) || a >= towns || b >= towns) {
            std::cerr << "bad road " << i << "\n";
            return 1;
        }
        map[a].emplace_back(b, length);
        map[b].emplace_back(a, length);
    }

    constexpr auto unreached = std::numeric_limits<std::int64_t>::max();
    std::vector<std::int64_t> distance(towns, unreached);
    using Reached = std::pair<std::int64_t, std::size_t>;
    std::priority_queue<Reached, std::vector<Reached>, std::greater<>> next;
    next.emplace(distance[0] = 0, 0);
    while (!next.empty()) {
        auto [far, town] = next.top();
        next.pop();
        if (far > distance[town]) continue;
        for (auto [neighbour, length] : map[town])
            if (far + length < distance[neighbour]) next.emplace(distance[neighbour] = far + length, neighbour);
    }
    for (std::size_t town = 0; town < towns; town++) {
        std::cout << "town " << town << ": ";
        if (distance[town] == unreached)
            std::cout << "no road\n";
        else
            std::cout << distance[town] << "\n";
    }
}
