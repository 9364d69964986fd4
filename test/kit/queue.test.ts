import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Queue } from "../../src/kit/index.ts";

test("Queue behaves as an array does, whatever is done to it", () => {
  const order = fc.oneof(
    fc.record({ verb: fc.constant("push" as const), value: fc.nat() }),
    fc.record({ verb: fc.constant("shift" as const) }),
    fc.record({
      verb: fc.constant("unshift" as const),
      values: fc.array(fc.nat(), { maxLength: 3 }),
    }),
    fc.record({ verb: fc.constant("filter" as const), divisor: fc.integer({ min: 2, max: 5 }) }),
  );
  fc.assert(
    fc.property(fc.array(order, { maxLength: 200 }), (orders) => {
      const queue = new Queue<number>();
      let model: number[] = [];
      for (const one of orders) {
        if (one.verb === "push") {
          queue.push(one.value);
          model.push(one.value);
        } else if (one.verb === "shift") assert.equal(queue.shift(), model.shift());
        else if (one.verb === "unshift") {
          queue.unshift(one.values);
          model.unshift(...one.values);
        } else {
          const keeps = (value: number) => value % one.divisor !== 0;
          queue.filter(keeps);
          model = model.filter(keeps);
        }
        assert.equal(queue.length, model.length);
        assert.equal(queue.peek(), model[0]);
      }
    }),
  );
});

test("Queue keeps its order while thousands pass through it", () => {
  const queue = new Queue<number>();
  let expected = 0;
  for (let n = 0; n < 10_000; n++) {
    queue.push(n);
    if (n % 3 !== 0) assert.equal(queue.shift(), expected++);
  }
  while (queue.length > 0) assert.equal(queue.shift(), expected++);
  assert.equal(expected, 10_000);
});
