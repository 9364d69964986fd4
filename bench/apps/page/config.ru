# What slow clients ask for (/page, 100 KB) and send (/upload), and what everybody else asks for (/).
HELLO = "Hello World\n".freeze
PAGE = ("x" * 100_000).freeze

def plain(text)
  [200, { "content-type" => "text/plain", "content-length" => text.bytesize.to_s }, [text]]
end

run(lambda do |env|
  case env["PATH_INFO"]
  when "/page" then plain(PAGE)
  when "/upload" then plain(env["rack.input"].read.bytesize.to_s)
  else plain(HELLO)
  end
end)
