-- Reads a name and numbers; greets, and prints their sum.
main :: IO ()
main = do
  text <- getContents
  case words text of
    [] -> error "no name"
    name : numbers -> do
      putStrLn ("Hello, " ++ name ++ "!")
      print (sum (map read numbers) :: Integer)
