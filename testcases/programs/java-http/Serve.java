import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Executors;

public class Serve {
    public static void main(String[] args) throws Exception {
        Path file = Files.writeString(Files.createTempFile("serve", ".txt"), "from a file");
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newFixedThreadPool(4));
        server.createContext("/", exchange -> {
            byte[] body = Files.readAllBytes(file);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        URI uri = URI.create("http://localhost:" + server.getAddress().getPort() + "/");
        var answer = HttpClient.newHttpClient().send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
        System.out.println(answer.statusCode() + " " + answer.body());
        server.stop(0);
        Process child = new ProcessBuilder("sh", "-c", "echo child").start();
        System.out.print(new String(child.getInputStream().readAllBytes()));
        try (var list = Files.list(Path.of("/box"))) {
            System.out.println(list.filter(p -> p.toString().endsWith(".class")).count() + " classes, exit " + child.waitFor());
        }
        System.exit(0);
    }
}
