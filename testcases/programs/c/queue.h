#include <pthread.h>

struct queue {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int items[4], count, closed;
};

void queue_init(struct queue *q);
void queue_put(struct queue *q, int item);
void queue_close(struct queue *q);
int queue_take(struct queue *q, int *item); /* 0: closed, and nothing is left */
