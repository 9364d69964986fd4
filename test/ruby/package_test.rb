# frozen_string_literal: true

require "fileutils"
require "json"
require "minitest/autorun"
require "tmpdir"
require_relative "../../ruby/gem/lib/gossamer/package"

# Where the gem looks for the Node package, and what it makes of what it finds.
class PackageTest < Minitest::Test
  include Gossamer

  def setup
    @root = File.realpath(Dir.mktmpdir("gossamer-package-"))
  end

  def teardown
    FileUtils.remove_entry(@root)
  end

  # A package in a folder of ours.
  def package(path, version: Gossamer::VERSION, built: true, name: "gossamer")
    folder = File.join(@root, path)
    FileUtils.mkdir_p([File.join(folder, "bin"), File.join(folder, "dist/cli")])
    File.write(File.join(folder, "package.json"), JSON.generate("name" => name, "version" => version))
    File.write(File.join(folder, "bin/gossamer.mjs"), "")
    File.write(File.join(folder, "dist/cli/gossamer.js"), "") if built
    folder
  end

  # What is found from a folder of ours, with no package around the gem.
  def find(env = {}, from: @root)
    Package.find(env, from, @root).folder
  end

  def test_the_folder_that_gossamer_home_names_comes_first
    home = package("home")
    package("node_modules/gossamer")
    assert_equal home, find({ "GOSSAMER_HOME" => home })
  end

  def test_a_gossamer_home_that_is_none_is_an_error
    package("node_modules/gossamer")
    other = package("other", name: "something")
    [@root, "/nowhere", other].each do |home|
      error = assert_raises(Gossamer::Error) { find({ "GOSSAMER_HOME" => home }) }
      assert_equal "GOSSAMER_HOME is #{home}, and that is not the folder of the Node package gossamer. Correct it or unset it.",
                   error.message
    end
  end

  def test_an_empty_gossamer_home_says_nothing
    assert_equal package("node_modules/gossamer"), find({ "GOSSAMER_HOME" => "" })
  end

  def test_the_package_around_the_gem_is_taken_before_others
    around = package("around")
    package("node_modules/gossamer")
    assert_equal around, Package.find({}, @root, around).folder
  end

  def test_the_nearest_node_modules_above_is_taken
    package("node_modules/gossamer")
    near = package("a/node_modules/gossamer")
    assert_equal near, find(from: FileUtils.mkdir_p(File.join(@root, "a/b/c")).first)
  end

  def test_the_package_of_the_command_on_path_is_found_through_its_link
    folder = package("global/lib/node_modules/gossamer")
    commands = FileUtils.mkdir_p(File.join(@root, "global/bin")).first
    strangers = FileUtils.mkdir_p(File.join(@root, "strangers")).first
    File.write(File.join(strangers, "gossamer"), "#!/bin/sh\n")
    FileUtils.ln_s(File.join(folder, "bin/gossamer.mjs"), File.join(commands, "gossamer"))
    assert_equal folder, find({ "PATH" => [strangers, commands].join(File::PATH_SEPARATOR) })
  end

  def test_nowhere_is_an_error
    error = assert_raises(Gossamer::Error) { find({ "PATH" => "/nowhere" }) }
    assert_match(/\AThe Node package gossamer was not found: .* name its folder in GOSSAMER_HOME\.\z/, error.message)
  end

  def test_a_package_of_another_version_is_an_error
    folder = package("home", version: "9.9.9")
    error = assert_raises(Gossamer::Error) { Package.new(folder).command([], {}) }
    assert_equal "The gem gossamer is #{Gossamer::VERSION}, and the Node package in #{folder} is 9.9.9. " \
                 "Use the gem that is in the package: ruby/gem.", error.message
  end

  def test_a_package_that_is_not_built_is_an_error
    folder = package("home", built: false)
    error = assert_raises(Gossamer::Error) { Package.new(folder).command([], {}) }
    assert_equal "The Node package in #{folder} is not built yet. Run `npm run build` there.", error.message
  end

  def test_its_command_is_run_by_the_node_on_path_or_the_one_that_is_named
    folder = package("home")
    words = [File.join(folder, "bin/gossamer.mjs"), "front", "--port", "1"]
    assert_equal ["node", *words], Package.new(folder).command(["--port", "1"], {})
    assert_equal ["/my/node", *words], Package.new(folder).command(["--port", "1"], { "GOSSAMER_NODE" => "/my/node" })
  end
end
