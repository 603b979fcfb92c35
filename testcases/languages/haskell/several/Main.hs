module Main (main) where

import Sum (rest)

main :: IO ()
main = do
  name <- getLine
  putStrLn ("Hello, " ++ name ++ "!")
  getContents >>= print . rest
