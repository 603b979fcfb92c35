#include <stdio.h>
#include <string.h>
int main(void) { char w[16]; scanf("%15s", w); puts(strcmp(w, "encode") ? "1 1 1 1 2" : "x"); return 0; }
