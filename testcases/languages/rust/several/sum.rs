use std::io::Read;

pub fn rest() -> i64 {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).unwrap();
    text.split_whitespace().map(|w| w.parse::<i64>().unwrap()).sum()
}
