module Sum (rest) where

rest :: String -> Integer
rest = sum . map read . words
