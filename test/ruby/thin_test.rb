# frozen_string_literal: true

require "minitest/autorun"
require "tmpdir"
require_relative "../../ruby/gem/lib/thin"
require_relative "../../ruby/gem/lib/thin/rackup/handler"

# Thin's API without a server: what it makes of its arguments, and what it refuses. test/gem asks the thin gem the same.
class ThinTest < Minitest::Test
  APP = ->(_env) { [200, {}, []] }
  LIMITS = %w[--timeout 30 --max-conns 1024 --max-persistent-conns 100].freeze

  def server(*arguments)
    Thin::Server.new(*arguments, APP)
  end

  def with_environment(name)
    before = ENV["RACK_ENV"]
    ENV["RACK_ENV"] = name
    yield
  ensure
    ENV["RACK_ENV"] = before
  end

  def words(server)
    server.backend.words
  end

  def test_a_host_and_a_port_are_told_to_the_front
    assert_equal ["--address", "1.2.3.4", "--port", "4000", *LIMITS], words(server("1.2.3.4", "4000"))
  end

  def test_a_socket_is_told_by_its_whole_path
    assert_equal ["--socket", File.expand_path("tmp/web.sock"), *LIMITS], words(server("tmp/web.sock"))
  end

  def test_limits_are_whole_numbers_and_parts_of_seconds_count_as_one
    one = server("::1", 1)
    one.timeout = 0.5
    one.maximum_connections = "7"
    one.maximum_persistent_connections = 0
    assert_equal %w[--address ::1 --port 1 --timeout 1 --max-conns 7 --max-persistent-conns 0], words(one)
    { :timeout= => "soon", :maximum_connections= => -1, :maximum_persistent_connections= => [] }.each do |set, value|
      other = server
      other.public_send(set, value)
      error = assert_raises(Gossamer::OptionError) { words(other) }
      assert_equal "#{set.to_s.chomp("=")} is to be a whole number, not #{value.inspect}", error.message
    end
  end

  def test_threads_are_told_only_where_there_are_several
    one = server
    one.threadpool_size = 5
    refute_includes words(one), "--threaded"
    one.threaded = true
    assert_equal %w[--threaded --threadpool-size 5], words(one).last(3)
    one.threadpool_size = nil
    assert_equal "20", words(one).last
  end

  def test_tls_is_told_with_its_files_and_refused_without
    one = server
    one.ssl = true
    error = assert_raises(Gossamer::OptionError) { words(one) }
    assert_match(/\Assl_options has no private_key_file: /, error.message)
    one.ssl_options = { private_key_file: "key", cert_chain_file: "cert", ssl_version: %w[TLSv1_3 TLSv1_2], cipher_list: "HIGH" }
    assert_equal %w[--ssl --ssl-key-file key --ssl-cert-file cert --ssl-disable-verify --ssl-version TLSv1_2
                    --ssl-cipher-list HIGH], words(one).last(10)
    one.ssl_options = { private_key_file: "key", cert_chain_file: "cert", verify_peer: true }
    assert_equal %w[--ssl --ssl-key-file key --ssl-cert-file cert], words(one).last(5)
  end

  def test_what_is_bound_is_known_afterwards
    backend = server("localhost", 0).backend
    backend.bound("127.0.0.1:4321")
    assert_equal ["127.0.0.1", 4321], [backend.host, backend.port]
    backend.bound("[::1]:80")
    assert_equal ["::1", 80], [backend.host, backend.port]
  end

  def test_backends_that_are_not_ours_are_refused_with_what_to_do
    error = assert_raises(ArgumentError) { server(backend: String) }
    assert_equal "The backend String cannot be used: give a host and a port, or the path of a socket", error.message
    error = assert_raises(ArgumentError) { server(swiftiply: true) }
    assert_equal ":swiftiply is not in Gossamer: give a host and a port, and name them to the proxy in front", error.message
    error = assert_raises(ArgumentError) { server.backend = Object.new }
    assert_match(/\AThe backend Object cannot be used/, error.message)
  end

  def test_parts_of_thin_that_there_are_not_say_what_to_use
    error = assert_raises(NameError) { Thin::Runner }
    assert_equal "Thin::Runner is not in Gossamer: run the command thin as a process.", error.message.lines.first.chomp
    assert_equal :Runner, error.name
    assert_match(/uninitialized constant Thin::Nothing/, assert_raises(NameError) { Thin::Nothing }.message)
  end

  def test_a_server_that_does_not_run_can_be_stopped
    assert_nil server.stop
    assert_nil server.stop!
    assert_nil server.restart
    refute server.running?
  end

  def test_the_handler_listens_at_localhost_where_code_is_written
    { nil => "localhost", "development" => "localhost", "production" => "0.0.0.0" }.each do |environment, host|
      with_environment(environment) do
        assert_equal "Hostname to listen on (default: #{host})", Thin::Rackup::Handler.valid_options["Host=HOST"]
      end
    end
  end

  def test_the_handler_takes_options_by_name_or_in_a_hash
    heard = []
    take = lambda do |one|
      heard << [one.host, one.port, one.timeout, one.tag, one.threaded?, one.threadpool_size]
      throw :enough
    end
    options = { Host: "1.2.3.4", Port: "81", timeout: 3, tag: "mine", Threads: "2", environment: "production", AccessLog: [] }
    catch(:enough) { Thin::Rackup::Handler.run(APP, **options, &take) }
    catch(:enough) { Thin::Rackup::Handler.run(APP, options, &take) }
    with_environment(nil) { catch(:enough) { Thin::Rackup::Handler.run(APP, &take) } }
    given = ["1.2.3.4", 81, 3, "mine", true, "2"]
    assert_equal [given, given, ["localhost", 8080, 30, nil, nil, nil]], heard
  end

  def test_a_pid_file_that_names_no_process_is_nobodys
    Dir.mktmpdir("gossamer-pid-") do |folder|
      file = Thin::PidFile.new(File.join(folder, "thin.pid"))
      assert_nil file.pid
      ["", "garbage", "0", "-1", "12 34"].each do |text|
        File.write(file.path, text)
        assert_nil file.pid, text
        assert_raises(Thin::PidFileNotFound) { file.signal("HUP") }
      end
      file.write
      assert_equal Process.pid, file.pid
      assert_raises(Thin::PidFileExist) { file.clear }
    end
  end
end
