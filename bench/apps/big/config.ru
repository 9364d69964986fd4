# 10 MB down as one string, and uploads read to the end; the answer is their size.
DOWNLOAD = ("x" * 10_000_000).freeze
CHUNK_BYTES = 65_536

def size_of(input)
  bytes = 0
  chunk = String.new(capacity: CHUNK_BYTES)
  bytes += chunk.bytesize while input.read(CHUNK_BYTES, chunk)
  bytes
end

def plain(text)
  [200, { "content-type" => "text/plain", "content-length" => text.bytesize.to_s }, [text]]
end

run ->(env) { env["PATH_INFO"] == "/upload" ? plain(size_of(env["rack.input"]).to_s) : plain(DOWNLOAD) }
