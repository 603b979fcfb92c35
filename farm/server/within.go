package server

import (
	"context"

	"judge/farm"
)

// Farm is the farm at this server, over no network, with all rights; the function leaves it. Batches that nobody else
// is said to have sent are of user.
func (s *Server) Farm(ctx context.Context, user string) (*farm.Farm, func(), error) {
	nc, err := s.connect("judge serve, the site")
	if err != nil {
		return nil, nil, err
	}
	f, err := farm.Open(ctx, nc, farm.Settings{User: user, Replicas: s.options.replicas(), Guarded: s.options.Users != ""})
	if err != nil {
		nc.Close()
		return nil, nil, err
	}
	return f, nc.Close, nil
}
