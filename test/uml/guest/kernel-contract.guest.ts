/**
 * The contract of backends, held against the guest's kernel.
 *
 * @module
 */
import { KernelBackend } from '../../../src/io/xfrm/kernel-backend.ts';
import { backendContract } from '../../support/backend-contract.ts';

backendContract('the kernel', async () => new KernelBackend());
