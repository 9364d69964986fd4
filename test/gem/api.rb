# frozen_string_literal: true

# Asks a Thin what it is like: its questions and answers as JSON, a line each. Which Thin is the load path's matter.
require "json"
require "stringio"
require "thin"

APP = ->(_env) { [200, {}, []] }
TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4} /.freeze

# The answer to a question, or what is raised instead.
def say(question)
  answer = begin
    yield
  rescue StandardError => error
    "#{error.class}: #{error.message}"
  end
  puts JSON.generate([question, answer])
end

# What a server made of these arguments knows of itself.
def made(*arguments)
  server = Thin::Server.new(*arguments)
  where = server.backend.respond_to?(:port) && server.port ? [server.host, server.port] : server.socket
  [where, server.to_s, server.app == APP, server.tag]
end

# What is written to the logger, without the time.
def logged
  out = StringIO.new
  before = Thin::Logging.logger
  Thin::Logging.logger = Logger.new(out, level: Logger::DEBUG, formatter: Thin::Logging::SimpleFormatter.new)
  yield
  out.string.gsub(TIME, "TIME ")
ensure
  Thin::Logging.logger = before
end

# A number that was a process's, and is so no more.
def gone
  pid = Process.spawn("true")
  Process.wait(pid)
  pid
end

say("constants") { [Thin::VERSION, Thin::CODENAME, Thin::NAME, Thin::SERVER, Thin.win? ? 1 : 0, Thin.linux? ? 1 : 0] }
say("defaults of the class") do
  %w[TIMEOUT HOST PORT MAXIMUM_CONNECTIONS MAXIMUM_PERSISTENT_CONNECTIONS].map { |name| Thin::Server.const_get("DEFAULT_#{name}") }
end

[[], [APP], ["1.2.3.4"], [4000], ["4000"], ["1.2.3.4", 4000, APP], [APP, 4000, "1.2.3.4"], ["4000", "1.2.3.4", APP],
 [4000, APP, "host"], ["/tmp/web.sock", APP], [APP, "/tmp/web.sock"], ["/tmp/web.sock", nil, APP], ["tmp/web.sock"],
 [nil, 4000, APP], ["::1", 4000], [1, 2, "a", "b"], [APP, { tag: "mine" }], [{ tag: "mine" }, 4000, APP],
 ["/tmp/web.sock", { tag: "mine" }], [Object.new, 4000], [APP, { timeout: 60, signals: false }]].each do |arguments|
  say("new #{arguments.map { |one| one.equal?(APP) ? :app : one.instance_of?(Object) ? :object : one }.inspect}") { made(*arguments) }
end

say("a block") { Thin::Server.new { run APP }.app.call({}).first }
say("a block with a middleware") do
  Thin::Server.new("0.0.0.0", 3000) do
    use Rack::ContentLength
    run APP
  end.app.class.to_s
end
say("an empty block") { Thin::Server.new {}.app.class.to_s }
say("defaults of a server") do
  server = Thin::Server.new(APP)
  [server.timeout, server.maximum_connections, server.maximum_persistent_connections, server.threaded? ? true : false,
   server.ssl? ? true : false, server.no_epoll, server.running?, server.tag, server.pid_file, server.log_file]
end
say("what is set stays set") do
  server = Thin::Server.new(APP, timeout: 7)
  server.maximum_connections = 5
  server.maximum_persistent_connections = 6
  server.threaded = true
  server.no_epoll = true
  server.ssl = true
  server.tag = "late"
  [server.timeout, server.maximum_connections, server.maximum_persistent_connections, server.threaded?, server.no_epoll,
   server.ssl?, server.to_s, server.name]
end
say("a class for a backend of another kind") { Thin::Server.new(APP, backend: "Text") }
say("no app to start") { Thin::Server.new.start }
say("no app to start!") { Thin::Server.new.start! }
say("no app for start of the class") { Thin::Server.start("127.0.0.1", 0) }
say("its modules") { [Thin::Server.include?(Thin::Logging), Thin::Server.include?(Thin::Daemonizable)] }
say("its backends") { [Thin::Server.new.backend.class.to_s, Thin::Server.new("/a").backend.class.to_s] }

say("logging at first") { [Thin::Logging.debug?, Thin::Logging.trace?, Thin::Logging.level, Thin::Logging.logger.class.to_s] }
say("silent?") { [false, true].map { |silent| (Thin::Logging.silent = silent) && nil || Thin::Logging.silent? } }
say("level while silent") { (Thin::Logging.silent = true) && Thin::Logging.level }
say("logging again") { (Thin::Logging.silent = false) || Thin::Logging.level.class.to_s }
say("debug") { [true, false].map { |debug| (Thin::Logging.debug = debug) && nil || [Thin::Logging.debug?, Thin::Logging.level] } }
say("trace") { [true, false].map { |trace| (Thin::Logging.trace = trace) && nil || Thin::Logging.trace? } }
say("no logger") { Thin::Logging.logger = Object.new }
say("half a logger") { Thin::Logging.logger = Struct.new(:level, :debug).new }
say("no trace logger") { Thin::Logging.trace_logger = Object.new }
say("log_info") { logged { Thin::Logging.log_info("hello") } }
say("log_info of a server") { logged { Thin::Server.new.log_info("hello") } }
say("log_debug") { logged { Thin::Logging.log_debug("hello") } }
say("log_debug with a block") { logged { Thin::Logging.log_debug { "hello" } } }
say("log_debug at info") do
  logged do
    Thin::Logging.level = Logger::INFO
    Thin::Logging.log_debug("hello")
  end
end
say("log_error") { logged { Thin::Logging.log_error("no") } }
say("log_error with an error") do
  error = RuntimeError.new("luck")
  error.set_backtrace(%w[a:1 b:2])
  logged { Thin::Logging.log_error("no", error) }
end
say("log_msg of something else") { logged { Thin::Logging.log_msg([1]) } }
say("trace without tracing") { logged { Thin::Logging.trace("hello") } }
say("trace") do
  out = StringIO.new
  Thin::Logging.trace_logger = Logger.new(out, formatter: Thin::Logging::SimpleFormatter.new)
  Thin::Logging.trace("hello")
  Thin::Logging.trace = false
  out.string.gsub(TIME, "TIME ")
end

say("daemonize without a pid file") { Thin::Server.new(APP).daemonize }
say("kill without a pid file") { Thin::Server.kill("none.pid") }
say("restart without a pid file") { Thin::Server.restart("none.pid") }
say("its pid") do
  server = Thin::Server.new(APP)
  server.pid_file = "some.pid"
  before = server.pid
  File.write("some.pid", "4242")
  [before, server.pid]
end
say("an empty pid file") do
  File.write("some.pid", "")
  Thin::Server.new(APP).tap { |server| server.pid_file = "some.pid" }.pid
end
say("kill of a process that is gone") do
  File.write("some.pid", gone.to_s)
  result = begin
    logged { Thin::Server.kill("some.pid", 1) }.gsub(/\d+/, "N")
  rescue StandardError => error
    error.class.to_s
  end
  [result, File.exist?("some.pid")]
end
say("a pid file that is none") do
  File.write("some.pid", "garbage")
  Thin::Server.new(APP).tap { |server| server.pid_file = "some.pid" }.pid
end
say("privileges that are ours already") do
  user = Etc.getpwuid.name
  group = Etc.getgrgid.name
  logged { Thin::Server.new(APP).tap { |server| server.pid_file = "none.pid" }.change_privilege(user, group) } == "TIME Changing process privilege to #{user}:#{group}\n"
end
say("a user that is none") { Thin::Server.new(APP).tap { |server| server.pid_file = "none.pid" }.change_privilege("no-such-user") }
say("its errors") { [Thin::PidFileExist, Thin::PidFileNotFound, Thin::PlatformNotSupported].map { |one| one.superclass.to_s } }
