# frozen_string_literal: true

# One path a feature. Rack::Lint stands on both sides of it, so whatever breaks the SPEC raises.
require "tempfile"

$closed = Hash.new(0)
$finished = []

# A body that counts how often it is closed.
class Counted
  def initialize(name, chunks, error: nil)
    @name = name
    @chunks = chunks
    @error = error
  end

  def each(&block)
    @chunks.each(&block)
    raise @error if @error
  end

  def close
    $closed[@name] += 1
  end
end

# The same, sent as a file.
class FileBody < Counted
  def initialize(name, path)
    super(name, [File.binread(path)])
    @path = path
  end

  def to_path
    @path
  end

  def close
    super
    File.unlink(@path)
  end
end

# The same, for Rack 3: it can be had as an array, and closes itself then. Lint closes it once more.
class ArrayBody < Counted
  def close
    @close ||= super
  end

  def to_ary
    close
    @chunks
  end
end

TEXT = { "content-type" => "text/plain" }.freeze
# Headers of its own for each response: Rack 3 wants them unfrozen.
def text(more = {})
  TEXT.merge(more)
end

def file(name, size)
  file = Tempfile.create("body")
  file.write("f" * size)
  file.close
  FileBody.new(name, file.path)
end

ROUTES = {
  "/env" => lambda { |env|
    lines = env.map { |key, value| "#{key}=#{value.is_a?(String) || value == true || value == false ? value : value.class}\n" }
    [200, text, lines.sort]
  },
  "/echo" => ->(env) { [200, text, [env["rack.input"].read]] },
  "/lines" => lambda { |env|
    first = env["rack.input"].gets
    rest = []
    env["rack.input"].each { |line| rest << line }
    [200, text, [[first, *rest].inspect]]
  },
  "/pieces" => lambda { |env|
    sizes = []
    while (piece = env["rack.input"].read(100_000))
      sizes << piece.bytesize
    end
    [200, text, [sizes.sum.to_s, " ", env["rack.input"].read.inspect]]
  },
  "/rewind" => lambda { |env|
    once = env["rack.input"].read
    env["rack.input"].rewind
    [200, text, [once, env["rack.input"].read]]
  },
  "/array" => ->(_) { [200, text, %w[a b c]] },
  "/each" => ->(_) { [200, text, Counted.new("each", %w[a b c])] },
  "/each-empty" => ->(_) { [200, text, Counted.new("each-empty", [])] },
  "/each-one" => ->(_) { [200, text("content-length" => "3"), Counted.new("each-one", ["abc"])] },
  "/each-length" => ->(_) { [200, text("content-length" => "6"), Counted.new("each-length", %w[abc def])] },
  "/each-utf8" => ->(_) { [200, text, Counted.new("each-utf8", ["gr\u00fcn ", "\xff\xfe".b])] },
  "/to-ary" => ->(_) { [200, text, ArrayBody.new("to-ary", %w[a b])] },
  "/path" => ->(_) { [200, text, file("path", 100_000)] },
  "/big" => ->(_) { [200, text, ["0123456789abcdef" * 196_608]] },
  "/head" => ->(env) { [200, text("content-length" => "5"), env["REQUEST_METHOD"] == "HEAD" ? Counted.new("head", []) : ["hello"]] },
  "/204" => ->(_) { [204, {}, Counted.new("204", [])] },
  "/304" => ->(_) { [304, { "etag" => "\"x\"" }, Counted.new("304", [])] },
  "/cookies" => lambda { |_|
    two = ["a=1", "b=2"]
    [200, text("set-cookie" => Rack.release.start_with?("2") ? two.join("\n") : two), ["ok"]]
  },
  "/call" => lambda { |_|
    [200, text, lambda { |stream|
      stream.write("one ")
      stream << "two " << "three"
      stream.flush
      stream.close
    }]
  },
  "/hints" => lambda { |env|
    env["rack.early_hints"].call("link" => "</a.css>; rel=preload")
    [200, text, ["hinted"]]
  },
  "/hijack" => lambda { |env|
    io = env["rack.hijack"].call
    io.write("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nraw ")
    Thread.new do
      io.write("you said #{io.readpartial(100)}")
      io.close
    end
    [200, {}, []]
  },
  "/partial" => lambda { |_|
    [200, text("rack.hijack" => lambda { |io|
      io.write("partial")
      io.close
    }), []]
  },
  "/protocol" => lambda { |env|
    [101, { "rack.protocol" => env["rack.protocol"].first }, lambda { |stream|
      stream.write("echo #{stream.read(5)}")
      stream.close
    }]
  },
  "/finished" => lambda { |env|
    env["rack.response_finished"] << ->(_, status, headers, error) { $finished << ["first", status, headers.class.name, error.class.name] }
    env["rack.response_finished"] << ->(*) { $finished << "second" }
    raise "finished badly" if env["QUERY_STRING"] == "raise"

    [200, text, ["ok"]]
  },
  "/raise" => ->(_) { raise ArgumentError, "the app raised" },
  "/raise-midway" => ->(_) { [200, text, Counted.new("raise-midway", %w[a b], error: "midway")] },
  "/throw" => ->(_) { throw :nobody },
  "/exit" => ->(_) { exit 3 },
  "/deep" => ->(env) { ROUTES["/deep"].call(env) + [] },
  "/closed" => ->(_) { [200, text, [$closed.sort.to_h.map { |name, times| "#{name}=#{times}\n" }.join]] },
  "/told" => ->(_) { [200, text, [$finished.inspect]] },
  "/" => ->(_) { [200, text, ["root"]] },
  "*" => ->(env) { [200, text, [env["PATH_INFO"].inspect]] }
}.freeze

use Rack::Lint
run ->(env) { ROUTES.fetch(env["PATH_INFO"].empty? ? "*" : env["PATH_INFO"]).call(env) }
