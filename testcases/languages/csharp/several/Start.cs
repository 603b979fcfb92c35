using System;

class Start {
    static void Main() { Console.WriteLine(Words.Answer(Console.In.ReadToEnd())); }
}
