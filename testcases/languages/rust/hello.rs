// Reads a name and numbers; greets, and prints their sum.
use std::io::Read;

fn main() {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).unwrap();
    let mut words = text.split_whitespace();
    println!("Hello, {}!", words.next().unwrap());
    println!("{}", words.map(|w| w.parse::<i64>().unwrap()).sum::<i64>());
}
