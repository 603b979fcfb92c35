#include <stdio.h>
int main(void) {
	int n, low = 1, yes;
	if (scanf("%d", &n) != 1) return 1;
	while (low < n) {
		int mid = (low + n) / 2;
		printf("? %d %d\n", low, mid);
		fflush(stdout);
		if (scanf("%d", &yes) != 1) return 2;
		if (yes) n = mid; else low = mid + 1;
	}
	printf("! %d\n", low);
	return 0;
}
