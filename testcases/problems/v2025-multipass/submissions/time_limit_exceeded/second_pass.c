#include <stdio.h>
#include <string.h>
int main(void) { char w[16]; scanf("%15s", w); if (strcmp(w, "encode")) for (;;) ; puts("x"); return 0; }
