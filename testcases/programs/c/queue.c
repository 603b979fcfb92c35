#include "queue.h"

void queue_init(struct queue *q)
{
	pthread_mutex_init(&q->lock, 0);
	pthread_cond_init(&q->changed, 0);
	q->count = q->closed = 0;
}

void queue_put(struct queue *q, int item)
{
	pthread_mutex_lock(&q->lock);
	while (q->count == 4)
		pthread_cond_wait(&q->changed, &q->lock);
	q->items[q->count++] = item;
	pthread_cond_broadcast(&q->changed);
	pthread_mutex_unlock(&q->lock);
}

void queue_close(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
	q->closed = 1;
	pthread_cond_broadcast(&q->changed);
	pthread_mutex_unlock(&q->lock);
}

int queue_take(struct queue *q, int *item)
{
	pthread_mutex_lock(&q->lock);
	while (q->count == 0 && !q->closed)
		pthread_cond_wait(&q->changed, &q->lock);
	int got = q->count > 0;
	if (got)
		*item = q->items[--q->count];
	pthread_cond_broadcast(&q->changed);
	pthread_mutex_unlock(&q->lock);
	return got;
}
