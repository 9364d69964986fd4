# The smallest honest answer: 12 bytes, with their length.
HELLO = "Hello World\n".freeze

run ->(_env) { [200, { "content-type" => "text/plain", "content-length" => "12" }, [HELLO]] }
