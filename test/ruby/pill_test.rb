# frozen_string_literal: true

require "minitest/autorun"
require "json"
require "time"
require_relative "../../ruby/pill/conveniences"
require_relative "../../ruby/pill/duration"
require_relative "../../ruby/pill/spelling"

# The numbers and conveniences that pills use, without a pill.
class PillTest < Minitest::Test
  def test_numbers_have_units_of_time
    assert_equal [1, 60, 3_600, 86_400, 604_800, 1_209_600, 2_629_746, 31_556_952],
                 [1.second, 1.minute, 1.hour, 1.day, 1.week, 1.fortnight, 1.month, 1.year].map(&:to_i)
    assert_equal 90, 1.5.minutes
    assert_equal "30", "#{30.seconds}"
    assert_equal "1.5", 1.5.seconds.to_s
  end

  def test_numbers_have_units_of_memory
    assert_equal (0..6).map { |power| 3 * 1024**power },
                 [3.bytes, 3.kilobytes, 3.megabytes, 3.gigabytes, 3.terabytes, 3.petabytes, 3.exabytes]
    assert_equal 1_572_864, 1.5.megabytes
  end

  def test_a_duration_counts_as_its_number
    minute = 1.minute
    assert_kind_of Numeric, minute
    assert minute.is_a?(Integer)
    refute 1.5.seconds.is_a?(Integer)
    assert minute == 60 && 60 == minute && minute > 59 && 61 > minute
    assert_equal [65, 65, 55, 5, 120, 30, 6, -60], [minute + 5, 5 + minute, minute - 5, 65 - minute, minute * 2, minute / 2, 1.hour / 10.minutes, -minute]
    assert_equal 3_660, 1.hour + minute
    assert_equal [1, 60, 61], [minute, 61, 1.second].sort
    assert_equal "[60]", [minute].to_json
    assert_equal 60, Integer(minute)
    assert_equal 3, 3.seconds.times.to_a.length
  end

  def test_a_duration_is_taken_where_a_number_is
    now = Time.at(1_000_000)
    assert_equal Time.at(913_600), now - 1.day
    assert_equal Time.at(1_000_060), 1.minute.from_now(now)
    assert_equal Time.at(999_940), 1.minute.ago(now)
    assert_in_delta 86_400, Time.now - 1.day.ago, 5
    assert_equal 0, sleep(0.seconds)
    assert_equal 2, Array.new(2.seconds).length
  end

  def test_what_is_blank
    [nil, false, "", " \n", [], {}].each { |one| assert one.blank?, one.inspect }
    [true, 0, "a", [nil], { a: 1 }, :a, Object.new].each { |one| assert one.present?, one.inspect }
    assert_nil "".presence
    assert_equal "a", "a".presence
  end

  def test_try
    assert_nil nil.try(:length)
    assert_equal 1, "a".try(:length)
    assert_nil "a".try(:no_such_method)
    assert_equal "A", "a".try { |text| text.upcase }
  end

  def test_names
    { "MemUsage" => "mem_usage", "HTTPServer" => "http_server", "A::BigOne" => "a/big_one", "a-b" => "a_b" }.each { |from, to| assert_equal to, from.underscore }
    { "mem_usage" => "MemUsage", "a/big_one" => "A::BigOne", "http" => "Http", "NotFound" => "NotFound" }.each { |from, to| assert_equal to, from.camelize }
    assert_equal "memUsage", "mem_usage".camelize(:lower)
    assert_equal "Mem Usage", "mem_usage".titleize
    assert_equal "a b", " a \n\t b ".squish
  end

  def test_pairs_and_lists
    assert_equal({ a: 1, 2 => 3 }, { "a" => 1, 2 => 3 }.symbolize_keys)
    assert_equal({ "a" => 1 }, { a: 1 }.stringify_keys)
    assert_equal({ a: { b: 1, c: 3 }, d: 4 }, { a: { b: 1, c: 2 } }.deep_merge(a: { c: 3 }, d: 4))
    assert_equal({ a: 1, b: 2 }, { a: 1 }.reverse_merge(a: 3, b: 2))
    assert_equal({ a: 1 }, { a: 1, b: 2 }.except(:b))
    assert_equal({ a: 1 }, { a: 1, b: 2 }.slice(:a))
    assert_equal [[], [1], [1], [{ a: 1 }]], [nil, 1, [1], { a: 1 }].map { |one| Array.wrap(one) }
  end

  def test_spelling_finds_what_was_meant
    assert_equal " Did you mean daemonize?", Gossamer::Pill::Spelling.hint("deamonize", %i[daemonize pid_file])
    assert_equal "", Gossamer::Pill::Spelling.hint("entirely_else", %i[daemonize pid_file])
  end
end
