import { describe, expect, it } from 'vitest';
import { markAtKey, nearestMark } from './marks.ts';

const box = (x: number, y: number, size = 10) => ({
  left: x,
  top: y,
  right: x + size,
  bottom: y + size,
});
/** Two rows of three cells. */
const GRID = [box(0, 0), box(20, 0), box(40, 0), box(0, 20), box(20, 20), box(40, 20)];

describe('the mark at a point', () => {
  it('is the nearest one within reach', () => {
    expect(nearestMark(GRID, 25, 5, 8)).toBe(1);
    expect(nearestMark(GRID, 32, 5, 8)).toBe(1);
    expect(nearestMark(GRID, 60, 25, 8)).toBe(-1);
    expect(nearestMark(GRID, 57, 25, 8)).toBe(5);
    expect(nearestMark([], 0, 0, 8)).toBe(-1);
  });

  it('is the one with the nearest centre, if several overlap there', () => {
    expect(nearestMark([box(0, 0, 40), box(4, 4, 10)], 8, 8, 8)).toBe(1);
    expect(nearestMark([box(0, 0, 40), box(4, 4, 10)], 19, 19, 8)).toBe(0);
  });
});

describe('the mark that a key leads to', () => {
  it.each([
    ['ArrowRight', 1, 2],
    ['ArrowRight', 2, 3],
    ['ArrowRight', 5, 5],
    ['ArrowLeft', 3, 2],
    ['ArrowLeft', 0, 0],
    ['ArrowDown', 1, 4],
    ['ArrowDown', 4, 4],
    ['ArrowUp', 5, 2],
    ['Home', 4, 0],
    ['End', 1, 5],
    ['Enter', 1, undefined],
    ['Tab', 1, undefined],
  ])('%s from mark %s leads to %s', (key, from, to) => {
    expect(markAtKey(GRID, from, key)).toBe(to);
  });

  it('is the first one, or the last for End, before any has the focus', () => {
    expect(markAtKey(GRID, -1, 'ArrowRight')).toBe(0);
    expect(markAtKey(GRID, -1, 'ArrowDown')).toBe(0);
    expect(markAtKey(GRID, -1, 'End')).toBe(5);
    expect(markAtKey(GRID, -1, 'Enter')).toBeUndefined();
  });
});
