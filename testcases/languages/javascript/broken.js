console.log("no end";
