// Reads a name and numbers; greets, and prints their sum.
using System;

class Hello {
    static void Main() {
        var words = Console.In.ReadToEnd().Split(new[] {' ', '\n'}, StringSplitOptions.RemoveEmptyEntries);
        long sum = 0;
        for (int i = 1; i < words.Length; i++) sum += long.Parse(words[i]);
        Console.WriteLine($"Hello, {words[0]}!\n{sum}");
    }
}
