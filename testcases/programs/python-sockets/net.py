import asyncio, http.server, multiprocessing, socket, socketserver, threading, urllib.request, xmlrpc.client, xmlrpc.server


class Echo(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(self.rfile.readline().upper())


class Quiet(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = self.path.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def serve(server):
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address


def ask(family, address):
    with socket.socket(family, socket.SOCK_STREAM) as s:
        s.settimeout(10)
        s.connect(address)
        s.sendall(b"hello\n")
        return s.makefile().readline().strip()


class Echo6(socketserver.ThreadingTCPServer):
    address_family = socket.AF_INET6


async def streams():
    async def handle(reader, writer):
        writer.write((await reader.readline())[::-1])
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(handle, "localhost", 0)
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
        writer.write(b"abc\n")
        answer = await reader.read()
        writer.close()
    return answer


if __name__ == "__main__":
    print("tcp", ask(socket.AF_INET, serve(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo))))
    print("tcp6", ask(socket.AF_INET6, serve(Echo6(("::1", 0), Echo))))
    print("unix", ask(socket.AF_UNIX, serve(socketserver.ThreadingUnixStreamServer("socket", Echo))))
    print("abstract", ask(socket.AF_UNIX, serve(socketserver.ThreadingUnixStreamServer("\0name", Echo))))
    a, b = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
    a.bind(("127.0.0.1", 0))
    b.sendto(b"datagram", a.getsockname())
    print("udp", a.recv(100))
    host, port = serve(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet))
    print("http", urllib.request.urlopen(f"http://localhost:{port}/path").read())
    print("asyncio", asyncio.run(streams()))
    with xmlrpc.server.SimpleXMLRPCServer(("localhost", 0), logRequests=False) as s:
        s.register_function(pow)
        threading.Thread(target=s.handle_request).start()
        print("rpc", xmlrpc.client.ServerProxy("http://localhost:%d" % s.server_address[1]).pow(2, 10))
    with multiprocessing.Manager() as m:
        d = m.dict()
        p = multiprocessing.Process(target=d.update, args=({"x": 1},))
        p.start()
        p.join()
        print("manager", dict(d))
    print(socket.gethostname(), [n for _, n in socket.if_nameindex()], socket.getaddrinfo("localhost", 80, socket.AF_INET)[0][4])
    try:
        socket.create_connection(("192.0.2.1", 80), 1)
    except OSError as e:
        print("outside:", e.strerror)
