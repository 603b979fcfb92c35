#include <math.h>

double integral(int k, int steps)
{
	double sum = 0;
	for (int i = 0; i < steps; i++)
		sum += sin(k * (i + 0.5) / steps) * exp(-(i + 0.5) / steps) / steps;
	return sum;
}
