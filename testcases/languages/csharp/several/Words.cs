using System;
using System.Linq;

static class Words {
    public static string Answer(string text) {
        var words = text.Split(new[] {' ', '\n'}, StringSplitOptions.RemoveEmptyEntries);
        return "Hello, " + words[0] + "!\n" + words.Skip(1).Select(long.Parse).Sum();
    }
}
