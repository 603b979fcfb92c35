// Reads a name and numbers; greets, and prints their sum.
fun main() {
    val words = generateSequence(::readLine).joinToString(" ").split(" ").filter { it.isNotEmpty() }
    println("Hello, ${words[0]}!")
    println(words.drop(1).map { it.toLong() }.sum())
}
